import { defineApp } from '../../tsup.base';

export default defineApp();
