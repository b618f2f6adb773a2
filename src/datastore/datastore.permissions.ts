import { definePermissions } from '../platform/access/permissions.js';

definePermissions({
  'datastore.upload': {
    about: 'Upload files of own datasets, and delete them.',
    everyone: true,
    services: ['os.datastore'],
  },
  'rawstore.upload': { about: 'Upload own files by forms.', everyone: true, services: ['rawstore'] },
  'datastore.read': {
    about: 'List own files, private ones too, and see how much is stored.',
    everyone: true,
    services: ['os.datastore', 'rawstore', 'source'],
  },
  'datastore.manage': { about: 'List and delete the files of everybody, and see how much is stored.' },
});
